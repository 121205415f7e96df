import vue from '@vitejs/plugin-vue';

// Vue looks for a component of that name otherwise.
const isCustomElement = (tag) => tag === 'undertone-mark';

export default { plugins: [vue({ template: { compilerOptions: { isCustomElement } } })] };
