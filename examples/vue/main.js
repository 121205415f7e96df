import { defineElement } from 'undertone/element';
import { createApp } from 'vue';

import Headlines from './Headlines.vue';

defineElement();
createApp(Headlines).mount('#app');
