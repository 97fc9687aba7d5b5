import { h, type ComponentChild } from 'preact'

import type { Tone } from '../sight.ts'

/** A state by its word; the tone only helps the eye. */
export const Word = ({ word, tone }: { word: string; tone: Tone }): ComponentChild =>
  h('span', { class: `word ${tone}` }, word)
