// Checks a call's arguments against the task's schema, whatever library made it (https://standardschema.dev).
import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";
import { RpcError } from "../../shared/errors.ts";
import type { JsonSchema } from "../../shared/messages/messages.ts";
import { revivedArguments } from "./revived-arguments.ts";
import { look } from "./thrown.ts";

/**
 * What the schema makes of the arguments of a call: at most one. An argument that was left out is `undefined`, or `{}`
 * where the schema wants an object.
 *
 * @throws RpcError BAD_ARGUMENTS, naming every issue.
 */
export async function checkArguments(
  name: string,
  schema: StandardSchemaV1 | undefined,
  args: unknown[],
): Promise<unknown> {
  if (schema === undefined) {
    if (args.length > 0) throw badArguments(name, "it takes no arguments");
    return undefined;
  }
  if (args.length > 1) throw badArguments(name, `it takes one argument, not ${args.length}`);
  let result = await validate(name, schema, args[0]);
  if (result.issues && args.length === 0) result = await validate(name, schema, {});
  const revived = result.issues && revivedArguments(args[0], result.issues);
  if (revived !== undefined) result = await validate(name, schema, revived);
  if (result.issues) throw badArguments(name, result.issues.map(issueText).join("; "));
  return result.value;
}

/** The schema as JSON Schema, where its library offers that. A part that JSON Schema cannot express takes anything. */
export function jsonSchemaOf(schema: StandardSchemaV1): JsonSchema | undefined {
  const standard: StandardSchemaV1.Props & Partial<StandardJSONSchemaV1.Props> = schema["~standard"];
  try {
    const described = standard.jsonSchema?.input({ target: "draft-2020-12", libraryOptions: PARTIAL });
    return described && withoutBigInts(described);
  } catch {
    return undefined; // a library that has nothing partial: the task works, only its help is shorter
  }
}

/** What makes of one property that cannot be expressed no more than that: zod's words, and valibot's. Arktype needs none. */
const PARTIAL = {
  unrepresentable: "any",
  override: dateAsString,
  errorMode: "ignore",
};

/** For zod: a date is written as text. As "anything" `20240302` would be a number, and so a moment in 1970. */
function dateAsString({ zodSchema, jsonSchema }: ZodNode): void {
  if (zodSchema._zod.def.type === "date") jsonSchema.type = "string";
}

/** What zod hands to an `override`. */
interface ZodNode {
  zodSchema: { _zod: { def: { type: string } } };
  jsonSchema: JsonSchema;
}

/** A default that JSON does not have must not keep the other tasks from being described. */
function withoutBigInts(schema: JsonSchema): JsonSchema {
  const replace = (_key: string, value: unknown) => (typeof value === "bigint" ? String(value) : value);
  return JSON.parse(JSON.stringify(schema, replace)) as JsonSchema;
}

async function validate(
  name: string,
  schema: StandardSchemaV1,
  value: unknown,
): Promise<StandardSchemaV1.Result<unknown>> {
  try {
    return await schema["~standard"].validate(value);
  } catch (error) {
    // A refinement or a transformation of the app's own: it could not cope with this argument.
    throw badArguments(name, `its schema threw ${look(error)}`);
  }
}

function issueText({ message, path }: StandardSchemaV1.Issue): string {
  const place = (path ?? []).map((part) => String(typeof part === "object" ? part.key : part)).join(".");
  return place === "" ? message : `${place}: ${message}`;
}

function badArguments(name: string, reason: string): RpcError {
  return new RpcError("BAD_ARGUMENTS", `Cannot call "${name}": ${reason}`);
}
