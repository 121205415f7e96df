// The entry point `undertone/small` for require().

exports.load = async (options) => (await import('./small-node.js')).load(options);
