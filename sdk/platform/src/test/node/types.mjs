// What the type file of the client promises of each method, held against what a method returned.
import { createRequire } from 'node:module';
import ts from 'typescript';

const typeFile = createRequire(import.meta.url)
  .resolve('@treza/sdk')
  .replace(/index\.js$/, 'index.d.ts');
const program = ts.createProgram([typeFile], {
  strict: true,
  target: ts.ScriptTarget.ES2022,
  moduleResolution: ts.ModuleResolutionKind.Node10,
});
const checker = program.getTypeChecker();
const source = program.getSourceFile(typeFile);
const client = source.statements.find(
  (node) => ts.isClassDeclaration(node) && node.name?.text === 'TrezaClient',
);

const methods = new Map(
  client.members
    .filter(
      (member) =>
        ts.isMethodDeclaration(member)
        && !(ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Private),
    )
    .map((member) => [member.name.text, member]),
);

/** The names of the client's public methods. */
export const methodNames = [...methods.keys()];

/** Every place in a value that is not of the type that a method promises. */
export function faults(method, value) {
  const signature = checker.getSignatureFromDeclaration(methods.get(method));
  return check(checker.getAwaitedType(signature.getReturnType()), value, method);
}

function check(type, value, where) {
  if (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) {
    return [];
  }
  if (type.isUnion()) {
    const tried = type.types.map((member) => check(member, value, where));
    return tried.some((found) => found.length === 0) ? [] : [wrong(type, value, where)];
  }
  if (type.flags & ts.TypeFlags.Object) {
    return checkObject(type, value, where);
  }
  return scalar(type, value) ? [] : [wrong(type, value, where)];
}

function scalar(type, value) {
  if (type.isLiteral()) {
    return value === type.value;
  }
  if (type.flags & ts.TypeFlags.BooleanLiteral) {
    return String(value) === checker.typeToString(type) && typeof value === 'boolean';
  }
  if (type.flags & ts.TypeFlags.Null) {
    return value === null;
  }
  return typeof value === checker.typeToString(type);
}

function checkObject(type, value, where) {
  if (checker.isArrayType(type)) {
    return Array.isArray(value)
      ? value.flatMap((item, i) => check(checker.getTypeArguments(type)[0], item, `${where}[${i}]`))
      : [wrong(type, value, where)];
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [wrong(type, value, where)];
  }
  const found = type.getProperties().flatMap((property) => {
    const path = `${where}.${property.name}`;
    if (value[property.name] === undefined) {
      return property.flags & ts.SymbolFlags.Optional ? [] : [`${path} is missing`];
    }
    return check(checker.getTypeOfSymbolAtLocation(property, source), value[property.name], path);
  });
  const indexed = checker.getIndexTypeOfType(type, ts.IndexKind.String);
  const named = new Set(type.getProperties().map((property) => property.name));
  return !indexed
    ? found
    : Object.entries(value)
        .filter(([name]) => !named.has(name))
        .reduce((all, [name, item]) => all.concat(check(indexed, item, `${where}.${name}`)), found);
}

function wrong(type, value, where) {
  return `${where} is ${JSON.stringify(value)}, not ${checker.typeToString(type)}`;
}
