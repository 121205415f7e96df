import { mount } from 'svelte';
import { defineElement } from 'undertone/element';

import Headlines from './Headlines.svelte';

defineElement();
mount(Headlines, { target: document.getElementById('app') });
