/** The module of `undertone/small`, as Cloudflare Workers and the like import it: for `load({ wasm })`. */
declare const module: WebAssembly.Module;
export default module;
