import { test } from 'node:test'

import { actionTrial } from '../actions.ts'
import { trial } from './cases.ts'

const { tests } = actionTrial(trial)
for (const { name, run } of tests) test(name, run)
