/** The module that trains, as Cloudflare Workers and the like import it: for `train(…, { wasm })`. */
declare const module: WebAssembly.Module;
export default module;
