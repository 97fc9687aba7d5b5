import { z } from 'zod'

import { weightMax, weightMin } from '#model'

export const weightSchema = z
  .object({
    value: z.number().min(weightMin).max(weightMax).meta({ description: '1 before anybody judged' }),
    trues: z.int().min(0).meta({ description: 'verdicts that were true' }),
    judged: z.int().min(0).meta({
      description:
        'verdicts that are counted: each that was true, and of one person as many false ones as of all others together',
    }),
  })
  .meta({ id: 'Weight' })
