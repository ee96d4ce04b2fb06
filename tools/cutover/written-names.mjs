// Names of the public API that stand in the sources of the packages as texts.
import ts from "typescript";
import { nodesOf, parsed } from "./sources.mjs";

const packageSource = /^packages\/[^/]+\/src\/.*\.ts$/;

/** The calls of some functions whose first argument is a text: their arguments. */
function callsOf(source, functions) {
  if (!functions.some((name) => source.text.includes(name))) return [];
  return nodesOf(parsed(source))
    .filter((node) => ts.isCallExpression(node) && functions.includes(node.expression.text))
    .map((call) => [...call.arguments])
    .filter(([first]) => first !== undefined && ts.isStringLiteral(first));
}

/** Kinds of records, such as `plan.rule`. */
const recordKindsOf = (sources) =>
  sources.flatMap((source) => callsOf(source, ["defineRecord"]).map(([kind]) => kind.text));

const memberNames = ({ members = [], properties = [] }) =>
  [...members, ...properties].flatMap(({ name }) => name?.text ?? []);

/** Paths of the fields that the sections of a profile declare. */
const sectionFieldsOf = (sources) =>
  sources
    .flatMap((source) => callsOf(source, ["section", "namedSection"]))
    .filter(([, shape]) => shape !== undefined && ts.isObjectLiteralExpression(shape))
    .flatMap(([path, shape]) => memberNames(shape).map((name) => `${path.text}.${name}`));

const sectionNamesOf = (sources) =>
  sources
    .filter(({ text }) => text.includes("interface ProfileInput "))
    .flatMap((source) => [...parsed(source).statements])
    .filter((one) => ts.isInterfaceDeclaration(one) && one.name.text === "ProfileInput")
    .flatMap(memberNames);

const environmentVariablesOf = (sources) =>
  sources.flatMap(({ text }) => Array.from(text.matchAll(/"(DELTAFUSE_\w*[A-Z])"/g), ([, name]) => name));

/** `{recordKinds, profileFields, environmentVariables}` of the packages of a repository. */
export function writtenNames(all) {
  const sources = all.filter(({ path }) => packageSource.test(path));
  return {
    recordKinds: recordKindsOf(sources),
    profileFields: [...sectionNamesOf(sources), ...sectionFieldsOf(sources)],
    environmentVariables: environmentVariablesOf(sources),
  };
}
