import { expect, test } from "vitest";
import { parseRedisUrl, type RedisSentinel } from "../../../src/queue/redis-url.ts";

test("one URL names one server", () => {
  expect(parseRedisUrl("redis://localhost:6379/2")).toEqual({
    kind: "server",
    url: "redis://localhost:6379/2",
  });
});

test("several URLs name the nodes of a cluster", () => {
  const urls = ["rediss://:p@a.example:6379", "rediss://:p@b.example:6380"];
  expect(parseRedisUrl(urls.join(" , "))).toEqual({ kind: "cluster", urls });
});

const plain: RedisSentinel = {
  sentinels: [{ host: "s1.example", port: 26_379 }],
  master: "mymaster",
  database: 0,
  username: null,
  password: null,
  sentinelUsername: null,
  sentinelPassword: null,
  isTls: false,
};

// the URL, and how the result differs from that of the plain URL
const sentinels: [string, Partial<RedisSentinel>][] = [
  ["redis+sentinel://s1.example/mymaster", {}],
  [
    "redis+sentinel://s1.example:1,10.0.0.2, [::1]:3/mymaster",
    {
      sentinels: [
        { host: "s1.example", port: 1 },
        { host: "10.0.0.2", port: 26_379 },
        { host: "::1", port: 3 },
      ],
    },
  ],
  ["redis+sentinel://s1.example/cluster-1.eu_west/3", { master: "cluster-1.eu_west", database: 3 }],
  ["redis+sentinel://:p%40ss%2F@s1.example/mymaster", { password: "p@ss/" }],
  ["redis+sentinel://ada:p@s1.example/mymaster", { username: "ada", password: "p" }],
  ["redis+sentinel://s1.example/mymaster?sentinelPassword=p%26q", { sentinelPassword: "p&q" }],
  [
    "redis+sentinel://s1.example/mymaster?sentinelUsername=ada&sentinelPassword=p",
    { sentinelUsername: "ada", sentinelPassword: "p" },
  ],
  ["rediss+sentinel://s1.example/mymaster", { isTls: true }],
];

test.for(sentinels)("%s names sentinels", ([url, differs]) => {
  expect(parseRedisUrl(url)).toEqual({ kind: "sentinel", sentinel: { ...plain, ...differs } });
});

test.for([
  "",
  "127.0.0.1:6379",
  "http://a",
  "redis://",
  "redis://a,http://b",
  "redis://a,",
  "redis+sentinel://",
  "redis+sentinel://s1",
  "redis+sentinel://s1/",
  "redis+sentinel:///mymaster",
  "redis+sentinel://s1,/mymaster",
  "redis+sentinel://s1:port/mymaster",
  "redis+sentinel://s1/my/master",
  "redis+sentinel://s1/mymaster?role=replica",
  "redis+sentinel://s1/mymaster#1",
  "redis+sentinel://:%zz@s1/mymaster",
  "redis+sentinel://s1/mymaster,redis+sentinel://s2/mymaster",
  Array.from({ length: 51 }, () => "redis://a").join(","),
])("%s is refused", (text) => {
  expect(parseRedisUrl(text)).toBeNull();
});
