// How a plain function's parameters look in a usage line, and how many there are. JavaScript keeps their names only in the
// function's source text: where that is not simple, they are numbered, and nobody knows how many the function looks at.

/** `<days> [limit] [rest ...]`: required, with a default, and the rest. */
export function usageOfFunction(code: (...args: never) => unknown): string {
  const named = parameterNames(Function.prototype.toString.call(code));
  return named ?? Array.from({ length: code.length }, (_, index) => `<arg${index + 1}>`).join(" ");
}

/** How many arguments the function can look at; undefined where that is not certain. */
export function maxArgsOfFunction(code: (...args: never) => unknown): number | undefined {
  const source = Function.prototype.toString.call(code);
  const named = parameterNames(source);
  if (named === undefined || named.includes(" ...]") || /\barguments\b/.test(source)) return undefined;
  return named === "" ? 0 : named.split(" ").length;
}

function parameterNames(source: string): string | undefined {
  const [, single, list] =
    /^(?:async\s+)?(?:([\w$]+)\s*=>|(?:function\b\s*\*?\s*)?[\w$]*\s*\(([^(){}[\]]*)\))/.exec(source) ?? [];
  if (source.endsWith("{ [native code] }")) return undefined;
  if (single !== undefined) return `<${single}>`;
  if (list === undefined) return undefined;
  const parameters = list.split(",").map((parameter) => parameter.trim());
  const usages = parameters.filter((parameter) => parameter !== "").map(usageOf);
  return usages.includes(undefined) ? undefined : usages.join(" ");
}

function usageOf(parameter: string): string | undefined {
  const [, rest, name, defaultValue] = /^(\.\.\.)?([A-Za-z_$][\w$]*)(\s*=.*)?$/s.exec(parameter) ?? [];
  if (name === undefined) return undefined;
  if (rest !== undefined) return `[${name} ...]`;
  return defaultValue === undefined ? `<${name}>` : `[${name}]`;
}
