// The rules that hold the import order: who may name whom, and by which path.
import { isBuiltin } from "node:module";
import { dirname, resolve, sep } from "node:path";
import { importVisitor } from "./imports.mjs";
import { packageNameOf, placeOf } from "./workspace.mjs";

const rule = (description, create) => ({
  meta: { type: "problem", docs: { description }, schema: [{ type: "object" }] },
  create,
});

const perImport = (description, check) =>
  rule(description, (context) => {
    const place = placeOf(context.filename);
    if (place?.owner === undefined) return {};
    return importVisitor((specifier, node) => {
      const message = check({ specifier, place, options: context.options[0] ?? {}, filename: context.filename });
      if (message !== undefined) context.report({ node, message });
    });
  });

function layerProblem({ specifier, place: { workspace, owner } }) {
  const target = workspace.byName.get(packageNameOf(specifier));
  if (target === undefined || target === owner) return undefined;
  if (workspace.allowed.get(owner.tag)?.includes(target.tag)) return undefined;
  return `${owner.name} may not import ${target.name}: it is not to its left in the order of turbo.json.`;
}

const layerImports = perImport("Imports go to the left only, in the order of turbo.json.", layerProblem);

export const layers = rule("Imports go to the left only, and every package carries a tag of turbo.json.", (context) => {
  const place = placeOf(context.filename);
  if (place?.owner === undefined) return {};
  const { owner, workspace } = place;
  if (workspace.allowed.has(owner.tag)) return layerImports.create(context);
  const message = `${owner.name} has no tag of turbo.json's boundaries: give its turbo.json one ("tags": ["pkg:…"]).`;
  return { Program: (node) => context.report({ node, message }) };
});

export const inside = perImport("A relative path stays inside its package.", ({ specifier, place, filename }) => {
  if (!specifier.startsWith(".")) return undefined;
  const target = resolve(dirname(filename), specifier);
  if (target.startsWith(place.owner.directory + sep)) return undefined;
  return `"${specifier}" leaves ${place.owner.name}: import the other package by its name.`;
});

export const nativeImporters = perImport(
  "Only listed packages name the native extension.",
  ({ specifier, place, options }) => {
    const { owner } = place;
    const listed = [...options.allow, "pkg:native", "app"];
    if (packageNameOf(specifier) !== "@deltafuse/native" || listed.includes(owner.tag)) return undefined;
    return `${owner.name} may not name @deltafuse/native: only ${options.allow.join(", ")} do.`;
  },
);

const developmentPlaces = /^(test|bench)\/|\.config\.|^examples\//;

function declaredNames(place) {
  const { dependencies = {}, peerDependencies = {}, devDependencies = {} } = place.owner.manifest;
  const published = [...Object.keys(dependencies), ...Object.keys(peerDependencies)];
  const isDevelopment = developmentPlaces.test(place.within) || place.owner.manifest.private === true;
  return isDevelopment ? [...published, ...Object.keys(devDependencies), place.owner.name, "vitest"] : published;
}

export const declaredOnly = perImport("A package imports only what its package.json lists.", ({ specifier, place }) => {
  const name = packageNameOf(specifier);
  if (name === undefined) return undefined;
  if (isBuiltin(specifier)) return `Write "node:${specifier}".`;
  if (declaredNames(place).includes(name)) return undefined;
  return `${place.owner.name} does not list ${name} in its package.json.`;
});

export const publicOnly = perImport(
  "Another package is reached by its exported subpaths only.",
  ({ specifier, place }) => {
    const target = place.workspace.byName.get(packageNameOf(specifier));
    if (target === undefined) return undefined;
    const subpath = `.${specifier.slice(target.name.length)}`;
    if (Object.hasOwn(target.manifest.exports ?? {}, subpath)) return undefined;
    return `"${specifier}" is private: ${target.name} does not export "${subpath}".`;
  },
);
