import { describe, expect, test } from "vitest";
import {
  completeArguments,
  maxArgsOfFunction,
  parametersOf,
  usageOfFunction,
} from "../../../agent/tasks/parameters.ts";

type Code = (...args: never) => unknown;

/** The function as its author wrote it: what compiles these tests would write it anew. */
function written(source: string): Code {
  return (0, eval)(`(${source})`) as Code;
}

/** A method or another property `f`, as its author wrote it. */
function property(source: string): Code {
  return ((0, eval)(`({ ${source} })`) as { f: Code }).f;
}

describe("the parameters of a plain function, its usage and how many it takes:", () => {
  test.each<[string, Code, ...known: [object[] | undefined, string, number | undefined]]>([
    ["none", written("() => 1"), [], "", 0],
    ["one", written("(days) => 1"), [{ name: "days" }], "<days>", 1],
    ["one without brackets", written("async days => 1"), [{ name: "days" }], "<days>", 1],
    ["a default", written("async (days, limit = 10) => 1"), [{ name: "days" }, { name: "limit", optional: true }], "<days> [limit]", 2],
    ["a flag", written("(force = !1) => 1"), [{ name: "force", optional: true, flag: true }], "[force]", 1],
    ["a rest", written("(first, ...names) => 1"), [{ name: "first" }, { name: "names", optional: true, rest: true }], "<first> [names ...]", undefined],
    ["a rest that is everything, as a wrapper has it", written("(...args) => f(...args)"), [{ name: "args", optional: true, rest: true }], "[args ...]", undefined],
    ["a property that is read, of other letters", written("(größe) => größe.länge"), [{ name: "größe", options: ["länge"] }], "<größe>", 1],
    ["a function", written("async function* f(a, $b) {}"), [{ name: "a" }, { name: "$b" }], "<a> <$b>", 2],
    ["a method", property("async f(id) {}"), [{ name: "id" }], "<id>", 1],
    ["a generator", property("*f(id) {}"), [{ name: "id" }], "<id>", 1],
    ["a computed name", property("['f'](id) {}"), [{ name: "id" }], "<id>", 1],
    ["a quoted name", property("'f'(id) {}"), [{ name: "id" }], "<id>", 1],
    ["a name of other letters", written("(größe) => 1"), [{ name: "größe" }], "<größe>", 1],
    ["comments", written("(days /* (of, it) */, // more\n limit) => 1"), [{ name: "days" }, { name: "limit" }], "<days> <limit>", 2],
    ["defaults with commas and brackets", written("(list = [1, 2], name = ',)', f = (a, b) => a) => 1"), [{ name: "list", optional: true }, { name: "name", optional: true }, { name: "f", optional: true }], "[list] [name] [f]", 3],
    ["an object that is taken apart", written("({ step, dryRun: dry = false }) => 1"), [{ options: ["step", "dryRun"] }], "--step <value> [--dryRun <value>]", 1],
    ["one with defaults", written("({ step = 1 }) => 1"), [{ options: ["step"], optional: true }], "[--step <value>]", 1],
    ["one with a default", written("({ step } = {}) => 1"), [{ options: ["step"], optional: true }], "--step <value>", 1],
    ["one with a rest", written("({ 'dry-run': dry, ...others }) => 1"), [{ options: ["dry-run"], open: true }], "--dry-run <value> [--name value ...]", 1],
    ["a list that is taken apart", written("([a, b]) => 1"), [{}], "<list>", 1],
    ["one whose properties are read", written("(e) => e.days + e?.limit"), [{ name: "e", options: ["days", "limit"] }], "<e>", 1],
    ["one that is taken apart later", written("async(e)=>{let{days:t=3,limit:n}=e;return t}"), [{ name: "e", options: ["days", "limit"] }], "<e>", 1],
    ["one that is named as an object", written("(id, seedOptions) => f(seedOptions)"), [{ name: "id" }, { name: "seedOptions", open: true }], "<id> <seedOptions>", 2],
    ["a default object", written("(id, o = { a: 1 }) => f(o)"), [{ name: "id" }, { name: "o", optional: true, open: true }], "<id> [o]", 2],
    ["arguments", written("function (a) { return [a, arguments[1]] }"), [{ name: "a" }], "<a>", undefined],
    ["nothing but arguments", written("function () { return arguments[0] }"), undefined, "", undefined],
    ["a RegExp as a default", written("(separator = /[,(]/) => 1"), undefined, "", undefined],
    ["a bound function", written("(days) => 1").bind(undefined), undefined, "<arg1>", undefined],
    ["a Proxy", new Proxy(written("(days) => 1"), {}), undefined, "<arg1>", undefined],
    ["a native function", parseInt, undefined, "<arg1> <arg2>", undefined],
  ])("%s", (_what, code, ...known) => {
    expect([parametersOf(code), usageOfFunction(code), maxArgsOfFunction(code)]).toEqual(known);
  }); // prettier-ignore
});

describe("a call that is to be complete", () => {
  test.each<[string, unknown[], object]>([
    ["(days) => 1", [5], { args: [5] }],
    ["(days) => 1", [], { missing: "<days>" }],
    ["(days) => 1", [undefined], { missing: "<days>" }],
    ["(days = 30) => 1", [], { args: [] }],
    ["(a, b) => 1", [1], { missing: "<b>" }],
    ["(...names) => 1", [], { args: [] }],
    ["({ step }) => 1", [], { missing: "--step <value>" }],
    ["({ step = 1 }) => 1", [], { args: [{}] }],
    ["({ step } = {}) => 1", [], { args: [] }],
  ])("of %s with %j", (source, args, completed) => {
    expect(completeArguments(written(source), args)).toEqual(completed);
  });
});
