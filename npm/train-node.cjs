// The entry point `undertone/train` for require().

exports.train = async (...given) => (await import('./train-node.js')).train(...given);
