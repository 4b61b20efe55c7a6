// Checks a call's arguments against the task's schema. Any Standard Schema library works (https://standardschema.dev).
import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";
import { RpcError } from "../../shared/errors.ts";
import type { JsonSchema } from "../../shared/messages/messages.ts";
import { revivedArguments } from "./revived-arguments.ts";
import { look } from "./thrown.ts";

/**
 * The schema's output for the arguments of a call: at most one argument. An omitted argument is `undefined`, or `{}` if
 * the schema wants an object.
 *
 * @throws RpcError BAD_ARGUMENTS that names every issue.
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

/** Makes zod and valibot leave open only the property that cannot be expressed. Arktype needs no option for that. */
const PARTIAL = {
  unrepresentable: "any",
  override: dateAsString,
  errorMode: "ignore",
};

/**
 * The schema as JSON Schema, if its library can produce it. A part that JSON Schema cannot express accepts anything.
 */
export function jsonSchemaOf(schema: StandardSchemaV1): JsonSchema | undefined {
  const standard: StandardSchemaV1.Props & Partial<StandardJSONSchemaV1.Props> = schema["~standard"];
  try {
    const described = standard.jsonSchema?.input({ target: "draft-2020-12", libraryOptions: PARTIAL });
    return described && withoutBigInts(described);
  } catch {
    return undefined; // without a partial schema from the library the task still works, only its help is shorter
  }
}

/**
 * For zod: a date is written as text. If it accepted anything, `20240302` would be a number, and so a moment in 1970.
 */
function dateAsString({ zodSchema, jsonSchema }: ZodNode): void {
  if (zodSchema._zod.def.type === "date") jsonSchema.type = "string";
}

/** The argument of zod's `override`. */
interface ZodNode {
  zodSchema: { _zod: { def: { type: string } } };
  jsonSchema: JsonSchema;
}

/** A default that JSON cannot express must not prevent the other tasks from being described. */
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
    // A refinement or a transformation of the app threw: it could not handle this argument.
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
