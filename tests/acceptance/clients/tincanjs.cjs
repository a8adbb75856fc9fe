// npm's tincanjs against the record: node tincanjs.cjs ENDPOINT KEY SECRET
const assert = require("node:assert");
const TinCan = require("tincanjs");

const [endpoint, username, password] = process.argv.slice(2);
const actor = { mbox: "mailto:tincanjs@example.org" };
const target = { id: "https://course.example/tincanjs" };
const verb = { id: "http://adlnet.gov/expapi/verbs/experienced", display: { "en-US": "experienced" } };

// Each call of the library takes a callback of an error and a result.
const called = (lrs, name, ...given) =>
  new Promise((resolve, reject) => {
    const settings = { ...given.pop(), callback: (error, result) => (error === null ? resolve(result) : reject(result ?? error)) };
    lrs[name](...given, settings);
  });

(async () => {
  const lrs = new TinCan.LRS({ endpoint, username, password, allowFail: false, version: "1.0.2" });
  const make = () => new TinCan.Statement({ actor, verb, target }, { doStamp: true });
  const one = make();
  await called(lrs, "saveStatement", one, {});
  await called(lrs, "saveStatements", [make(), make(), make()], {});
  assert.equal((await called(lrs, "retrieveStatement", one.id, {})).id, one.id);
  const page = await called(lrs, "queryStatements", { params: { agent: new TinCan.Agent(actor), limit: 3 } });
  assert.equal(page.statements.length, 3);
  const rest = await called(lrs, "moreStatements", { url: page.more });
  assert.equal(rest.statements.length, 1);

  const owner = { agent: new TinCan.Agent(actor), activity: new TinCan.Activity(target) };
  await called(lrs, "saveState", "s", "a bookmark", owner);
  assert.equal((await called(lrs, "retrieveState", "s", owner)).contents, "a bookmark");
  const profile = { agent: owner.agent, contentType: "application/json" };
  await called(lrs, "saveAgentProfile", "p", { size: 1 }, profile);
  const kept = await called(lrs, "retrieveAgentProfile", "p", { agent: owner.agent });
  assert.deepEqual(kept.contents, { size: 1 });
  await called(lrs, "saveAgentProfile", "p", { size: 2 }, { ...profile, lastSHA1: kept.etag.replaceAll('"', "") });
  await assert.rejects(called(lrs, "saveAgentProfile", "p", { size: 3 }, { ...profile, lastSHA1: "0".repeat(40) }));
  console.log("tincanjs: saved, batched, queried and paged; documents kept");
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
