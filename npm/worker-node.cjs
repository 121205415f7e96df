// The entry point `undertone/worker` for require().

exports.load = async (options) => (await import('./worker-node.js')).load(options);
