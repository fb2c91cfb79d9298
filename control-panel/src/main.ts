import '#kit/ui/tokens.css';
import '#kit/ui/base.css';
import './panel.css';
import { language } from '#kit/ui/words/language-choice.svelte.ts';
import { mount } from 'svelte';
import App from './app.svelte';
import { Desk } from './desk.svelte.ts';

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no #app');

language.restore();
const desk = new Desk();
desk.panel.readCredentials();
void desk.panel.run(new AbortController().signal);
mount(App, { target, props: { desk } });
