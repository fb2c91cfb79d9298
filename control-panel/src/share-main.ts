import '#kit/ui/tokens.css';
import '#kit/ui/base.css';
import { language } from '#kit/ui/words/language-choice.svelte.ts';
import { mount } from 'svelte';
import SharePage from './share-page/share-page.svelte';
import { ScreenShare } from './share-page/screen-share.svelte.ts';

const target = document.getElementById('app');
if (target === null) throw new Error('share.html has no #app');

language.restore();
const share = new ScreenShare();
void share.run(new AbortController().signal);
mount(SharePage, { target, props: { share } });
