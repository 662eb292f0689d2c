// SPDX-License-Identifier: Apache-2.0
// Runs the module that `run` linked: no imports, and the right bytes.
import { readFileSync } from "node:fs";
import { deflateSync } from "node:zlib";

const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const imports = WebAssembly.Module.imports(module);
if (imports.length) throw new Error("imports " + JSON.stringify(imports));
const { exports } = new WebAssembly.Instance(module, {});
const plain = Buffer.from("Swift without a C library. ".repeat(4000));
const packed = deflateSync(plain);
const [source, target] = [exports.iio_allocate(packed.length), exports.iio_allocate(plain.length)];
new Uint8Array(exports.memory.buffer).set(packed, source);
const count = exports.iio_zlib_decode(source, packed.length, target, plain.length);
const decoded = Buffer.from(exports.memory.buffer, target, plain.length);
if (count !== plain.length || !decoded.equals(plain)) throw new Error("decoded " + count);
console.log(`${readFileSync(process.argv[2]).length} bytes, no imports, ${count} bytes decoded`);
