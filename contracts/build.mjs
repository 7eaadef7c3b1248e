// Compiles the contracts beside this file into artifacts/, one JSON file each. `make contracts` runs it.
import {createHash} from 'node:crypto';
import {mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import solc from 'solc';

const here = path.dirname(fileURLToPath(import.meta.url));
const resolve = createRequire(import.meta.url).resolve;
const read = (name) => readFileSync(path.join(here, name), 'utf8');
const own = readdirSync(here).filter((name) => name.endsWith('.sol')).sort();

// The artifacts name what they were made from, so that a test can tell when they are stale. contracts_test.go computes
// the same: the length and text of each input, in order of name.
function inputs() {
  const hash = createHash('sha256');
  for (const name of [...own, 'build.mjs', 'package-lock.json'].sort()) {
    const text = readFileSync(path.join(here, name));
    hash.update(`${name} ${text.length}\n`).update(text);
  }
  return `sha256:${hash.digest('hex')}`;
}

const task = {
  language: 'Solidity',
  sources: Object.fromEntries(own.map((name) => [name, {content: read(name)}])),
  settings: {
    optimizer: {enabled: true, runs: 200},
    evmVersion: 'cancun',
    metadata: {appendCBOR: false}, // otherwise a comment would change the bytecode
    outputSelection: {'*': {'*': ['abi', 'evm.bytecode.object']}},
  },
};
const imports = (name) => ({contents: readFileSync(resolve(name), 'utf8')});
const output = JSON.parse(solc.compile(JSON.stringify(task), {import: imports}));
if (output.errors?.length) {
  console.error(output.errors.map((e) => e.formattedMessage).join('\n'));
  process.exit(1); // a warning too: the sources are ours to mend
}

const target = path.join(here, 'artifacts');
rmSync(target, {recursive: true, force: true});
mkdirSync(target);
for (const source of own) {
  for (const [contract, made] of Object.entries(output.contracts[source])) {
    if (!made.evm.bytecode.object) continue; // abstract
    const artifact = {
      contract, source,
      compiler: solc.version(),
      inputs: inputs(),
      abi: made.abi,
      bytecode: `0x${made.evm.bytecode.object}`,
    };
    writeFileSync(path.join(target, `${contract}.json`), `${JSON.stringify(artifact, null, 1)}\n`);
    console.log(`${contract}: ${made.evm.bytecode.object.length / 2} bytes`);
  }
}
