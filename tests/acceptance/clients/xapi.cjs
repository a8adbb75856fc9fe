// npm's @xapi/xapi against the record: node xapi.cjs ENDPOINT KEY SECRET
const assert = require("node:assert");
const crypto = require("node:crypto");
const { default: XAPI } = require("@xapi/xapi");

const [endpoint, key, secret] = process.argv.slice(2);
const agent = { objectType: "Agent", mbox: "mailto:xapi@example.org" };
const activity = { objectType: "Activity", id: "https://course.example/xapi", definition: { name: { "en-US": "A course" } } };
const statement = () => ({
  id: crypto.randomUUID(),
  actor: agent,
  verb: { id: "http://adlnet.gov/expapi/verbs/answered", display: { "en-US": "answered" } },
  object: activity,
  result: { score: { scaled: 0.25 }, success: false },
});

async function statements(xapi) {
  const batch = [statement(), statement(), statement()];
  const one = statement();
  assert.deepEqual((await xapi.sendStatement({ statement: one })).data, [one.id]);
  assert.equal((await xapi.sendStatements({ statements: batch })).data.length, 3);
  const kept = (await xapi.getStatement({ statementId: one.id, useCacheBuster: true })).data;
  assert.equal(kept.result.score.scaled, 0.25);
  const page = (await xapi.getStatements({ agent, activity: activity.id, limit: 2, useCacheBuster: true })).data;
  assert.equal(page.statements.length, 2);
  const rest = (await xapi.getMoreStatements({ more: page.more })).data;
  assert.equal(rest.statements.length, 2);
  await xapi.voidStatement({ actor: agent, statementId: one.id });
  assert.equal((await xapi.getVoidedStatement({ voidedStatementId: one.id })).data.id, one.id);
}

async function attachments(xapi) {
  const content = new TextEncoder().encode("an attachment").buffer;
  const sha2 = crypto.createHash("sha256").update(Buffer.from(content)).digest("hex");
  const noted = {
    ...statement(),
    attachments: [{ usageType: "https://course.example/note", display: { "en-US": "A note" }, contentType: "text/plain", length: content.byteLength, sha2 }],
  };
  await xapi.sendStatement({ statement: noted, attachments: [content] });
  const answer = (await xapi.getStatement({ statementId: noted.id, attachments: true })).data;
  assert.equal(answer[0].id, noted.id);
  assert.equal(answer[1], "an attachment");
}

async function documents(xapi) {
  const state = { agent, activityId: activity.id, stateId: "s" };
  await xapi.setState({ ...state, state: { page: 1 } });
  await xapi.createState({ ...state, state: { done: true } });
  assert.deepEqual((await xapi.getState(state)).data, { page: 1, done: true });
  const profile = { agent, profileId: "p" };
  await xapi.setAgentProfile({ ...profile, profile: { size: 1 }, etag: "*", matchHeader: "If-None-Match" });
  const { headers } = await xapi.getAgentProfile(profile);
  await xapi.setAgentProfile({ ...profile, profile: { size: 2 }, etag: headers.etag, matchHeader: "If-Match" });
  await assert.rejects(
    xapi.setAgentProfile({ ...profile, profile: { size: 3 }, etag: headers.etag, matchHeader: "If-Match" }),
    (error) => error.response.status === 412,
  );
  assert.deepEqual((await xapi.getAgentProfile(profile)).data, { size: 2 });
}

(async () => {
  const xapi = new XAPI({ endpoint, auth: XAPI.toBasicAuth(key, secret), version: "1.0.3" });
  assert.ok((await xapi.getAbout()).data.version.includes("1.0.3"));
  await statements(xapi);
  // In Node the axios adapter replaces the Content-Type of a Blob; the fetch adapter keeps it.
  await attachments(new XAPI({ endpoint, auth: XAPI.toBasicAuth(key, secret), version: "1.0.3", adapter: "fetch" }));
  await documents(xapi);
  console.log("xapi: saved, batched, queried, paged and voided; attachments and documents kept");
})().catch((error) => {
  console.error(error.response?.data ?? error);
  process.exit(1);
});
