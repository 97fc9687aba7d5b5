/** `now`: a person is called, at night too. `working-hours`: a person looks at it when people work. */
export const urgencies = ['working-hours', 'now'] as const
export type Urgency = (typeof urgencies)[number]
