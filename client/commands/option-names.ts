// Converts between properties and options: `dryRun` is written `--dry-run`, and `--no-dry-run` means false.
import type { JsonSchema } from "../../shared/messages/messages.ts";
import { propertiesOf } from "./json-schema.ts";

/** The option of a property, without the dashes: in kebab case, if that can be converted back. */
export function optionNameOf(key: string): string {
  const kebab = key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return camelCase(kebab) === key && /^[a-z]/.test(kebab) ? kebab : key;
}

/** The property that an option means. A property that the schema spells exactly like the option wins. */
export function propertyNamed(written: string, schema: JsonSchema | undefined): { key: string; negated: boolean } {
  const known = schema ? propertiesOf(schema) : {};
  const camel = camelCase(written);
  if (Object.hasOwn(known, written)) return { key: written, negated: false };
  if (Object.hasOwn(known, camel) || !written.startsWith("no-")) return { key: camel, negated: false };
  return { key: propertyNamed(written.slice("no-".length), schema).key, negated: true };
}

function camelCase(written: string): string {
  return written.replaceAll(/-([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}
