// What an error tells must not tell a secret: not in its message, nor in what libraries attach to it.
import http from "node:http";
import { expect, test } from "vitest";
import { addressLabel } from "../../../agent/migrate/database/address-label.ts";
import { maskData, maskText } from "../../../agent/tasks/secrets.ts";
import { reportThrown } from "../../../agent/tasks/thrown.ts";

const SECRET = "s3cr3t-Value/42";
const BASIC = Buffer.from(`user:${SECRET}`).toString("base64");

test.each([
  `connect to postgres://app:${SECRET}@db:5432/shop`,
  `connect to postgres://app:p@ss${SECRET}@db:5432/shop?x=1`,
  `connect ENOENT /run/pg?password=${SECRET}&host=/run/.s.PGSQL.5432`,
  `host=db password='${SECRET} and more' dbname=shop`,
  `Authorization: Bearer ${SECRET}`,
  `GET / HTTP/1.1\\r\\nAuthorization: Basic ${BASIC}\\r\\nHost: x`,
  `{ headers: { 'X-Api-Key': '${SECRET}', accept: '*/*' } }`,
  `[ 'Authorization', '${SECRET}' ]`,
  `Map(1) { 'set-cookie' => [ 'sid=${SECRET}; Path=/' ] }`,
  `{\n  clientSecret: '${SECRET}' +\n    '${SECRET}'\n}`,
  `{"password":"${SECRET}"}`,
  `GET https://u:${SECRET.replace("/", "")}@api/v1 and postgres://u:${SECRET}@db`,
  `https://api.example.com/v1?access_token=${SECRET}&page=2`,
])("no secret is left of %s", (text) => {
  const masked = maskText(text, {});
  expect(masked).not.toContain(SECRET);
  expect(masked).not.toContain(BASIC);
  expect(masked).toContain("[masked]");
});

test("what the environment calls a secret is masked wherever it stands, and a password also decoded", () => {
  const env = {
    STRIPE_API_KEY: SECRET,
    DATABASE_URL: "postgres://u:p%40ss-word@db/shop",
    HOME: "/home/ada",
    SHORT_TOKEN: "abc",
  };
  expect(maskText(`tried ${SECRET} and p@ss-word in /home/ada with abc`, env)).toBe(
    "tried [masked] and [masked] in /home/ada with abc",
  );
});

test.each([
  "the token is invalid",
  "Basic authentication failed for user ada",
  "Cannot find the author of the secret garden",
  "unexpected token: }",
  "xsrfCookieName: 'XSRF-TOKEN'",
  "https://example.com/a:b@c",
  "https://example.com:8443/users/@me",
  'password authentication failed for user "app"',
  "tokens: 12345678",
  "password: undefined",
])("%s stays as it is", (text) => {
  expect(maskText(text, {})).toBe(text);
});

test("data is masked by the names of its properties, at every depth, and by what its texts look like", () => {
  expect(
    maskData({
      config: { headers: { Authorization: SECRET, Accept: "a" }, auth: { username: "u", password: SECRET } },
      cookie: [SECRET],
      pin: 1,
    }),
  ).toEqual({
    config: { headers: { Authorization: "[masked]", Accept: "a" }, auth: { username: "u", password: "[masked]" } },
    cookie: ["[masked]"],
    pin: 1,
  });
});

test("an error as axios throws it is told without its secrets: message, properties, causes, collected errors", () => {
  const request = http.request("http://127.0.0.1:1/", { headers: { Authorization: `Bearer ${SECRET}` } });
  request.on("error", () => {}).destroy();
  const config = {
    url: "/v1",
    headers: { Authorization: `Bearer ${SECRET}` },
    transformRequest: [() => {}],
    data: `{"password":"${SECRET}"}`,
  };
  const inner = Object.assign(new Error(`GET https://u:${encodeURIComponent(SECRET)}@api/v1`), {
    config,
    request,
    response: { config, status: 401 },
  });
  const error = new AggregateError([inner, { password: SECRET }], "all failed", { cause: inner });
  const report = JSON.stringify(reportThrown("run-1", error));
  for (const secret of [SECRET, encodeURIComponent(SECRET)]) expect(report).not.toContain(secret);
  expect(report).toContain("401");
});

test("masking a long text takes no long time, whatever is in it", () => {
  const started = performance.now();
  for (const part of ["a://a:", "password=", "Bearer ", "'", "secret: '", "eyJ", "x-", "token\\"]) {
    maskText(part.repeat(65_536 / part.length), {});
  }
  expect(performance.now() - started).toBeLessThan(20_000);
});

test("the hint of what a database's address must be like is not taken for one", () => {
  const hint = failureOf(() => addressLabel("not an address"));
  expect(hint).toContain("postgres://");
  expect(maskText(hint, {})).toBe(hint);
});

function failureOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return String(error);
  }
  return "";
}
