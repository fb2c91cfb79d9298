import '#kit/ui/tokens.css';
import '#kit/ui/base.css';
import './console.css';
import { language } from '#kit/ui/words/language-choice.svelte.ts';
import { mount } from 'svelte';
import App from './app.svelte';

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no #app');

language.restore();
mount(App, { target });
