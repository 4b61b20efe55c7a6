import tseslint from "typescript-eslint";

export default tseslint.config(
  {
    ignores: [
      "dist/",
      "node_modules/",
      "bench/node_modules/",
      ".nodes/",
      "**/*.cjs",
      "test/fixtures/**/*.js",
      "test/fixtures/**/*.mjs",
      "test/frameworks/nestjs/",
    ],
  },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ["*.js", "*.mjs"] } } },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/only-throw-error": "off",
      "@typescript-eslint/require-await": "off",
      "@typescript-eslint/restrict-template-expressions": "off",
      complexity: ["error", 12],
      "max-params": ["error", 3],
      "max-lines-per-function": ["error", { max: 60, skipComments: true, skipBlankLines: true }],
    },
  },
  {
    files: ["test/**", "examples/**"],
    rules: { "max-lines-per-function": "off" },
  },
  { files: ["**/*.mjs", "*.js"], extends: [tseslint.configs.disableTypeChecked] },
);
