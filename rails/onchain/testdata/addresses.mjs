// Writes addresses.json: what ethers derives from the extended public key of a well-known test mnemonic, and the private one.
//
//   npm install ethers@6 && node addresses.mjs > addresses.json
import { HDNodeWallet } from "ethers";

const mnemonic = "test test test test test test test test test test test junk";
const branch = HDNodeWallet.fromPhrase(mnemonic, "", "m/44'/60'/0'/0");
const xpub = branch.neuter().extendedKey;
const xprv = branch.extendedKey;
const account = HDNodeWallet.fromExtendedKey(xpub);
const addresses = Array.from({ length: 100 }, (_, n) => account.deriveChild(n + 1).address);
console.log(JSON.stringify({ mnemonic, path: "m/44'/60'/0'/0", xpub, xprv, addresses }, null, 1));
