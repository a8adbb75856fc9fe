FROM python:3.11-slim-bookworm AS build
WORKDIR /source
COPY requirements.lock pyproject.toml README.md LICENSE ./
COPY schema schema
COPY lrs lrs
COPY adaptive adaptive
COPY tutor tutor
COPY admin admin
RUN python -m venv /opt/proximal \
    && /opt/proximal/bin/pip install --no-cache-dir --constraint requirements.lock .

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --create-home --home-dir /data proximal
COPY --from=build /opt/proximal /opt/proximal
ENV PATH=/opt/proximal/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PROXIMAL_HOST=0.0.0.0 \
    PROXIMAL_PORT=8080 \
    PROXIMAL_DATA_DIR=/data/proximal
USER proximal
WORKDIR /data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/readyz', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["proximal"]
CMD ["serve"]
