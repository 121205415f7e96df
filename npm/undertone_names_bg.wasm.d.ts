/** The module that finds names, as Cloudflare Workers and the like import it: for `loadNames({ wasm })`. */
declare const module: WebAssembly.Module;
export default module;
