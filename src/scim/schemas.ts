export const userUrn = 'urn:ietf:params:scim:schemas:core:2.0:User'
export const groupUrn = 'urn:ietf:params:scim:schemas:core:2.0:Group'
export const enterpriseUrn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

export type Attribute = {
  name: string
  type: 'string' | 'boolean' | 'complex' | 'reference' | 'dateTime'
  says: string
  multi?: true
  required?: true
  /** Default false. */
  caseExact?: true
  /** Default `readWrite`. */
  mutability?: 'readOnly' | 'immutable'
  returned?: 'always'
  uniqueness?: 'server'
  sub?: readonly Attribute[]
}
export type Schema = { id: string; name: string; says: string; attributes: readonly Attribute[] }

const text = (name: string, says: string, more: Partial<Attribute> = {}): Attribute => ({
  name,
  type: 'string',
  says,
  ...more,
})
const link = (says: string, more: Partial<Attribute> = {}): Attribute => ({
  name: '$ref',
  type: 'reference',
  says,
  caseExact: true,
  ...more,
})

/**
 * What Cordon takes of a person: who they are, how they sign in, whether they still work here and where. Telephone
 * numbers, addresses, photographs and passwords are not asked for, and are dropped when they are sent.
 */
export const userSchema: Schema = {
  id: userUrn,
  name: 'User',
  says: 'an account of a person or a program',
  attributes: [
    text('userName', 'name to sign in with', { required: true, uniqueness: 'server' }),
    {
      name: 'name',
      type: 'complex',
      says: 'the person’s name',
      sub: [
        text('formatted', 'the whole name'),
        text('familyName', 'family name'),
        text('givenName', 'given name'),
        text('middleName', 'middle names'),
      ],
    },
    text('displayName', 'name to show'),
    text('title', 'what they are called at work'),
    text('userType', 'employee, contractor, …'),
    text('preferredLanguage', 'language, as in Accept-Language'),
    { name: 'active', type: 'boolean', says: 'false: has left, or is kept out' },
    {
      name: 'emails',
      type: 'complex',
      multi: true,
      says: 'addresses of mail',
      sub: [
        text('value', 'the address'),
        text('display', 'how to show it'),
        text('type', 'work, home, other'),
        { name: 'primary', type: 'boolean', says: 'the one to use' },
      ],
    },
    {
      name: 'groups',
      type: 'complex',
      multi: true,
      mutability: 'readOnly',
      says: 'groups it is in; changed at the group',
      sub: [
        text('value', 'id of the group', { mutability: 'readOnly', caseExact: true }),
        link('the group', { mutability: 'readOnly' }),
        text('display', 'name of the group', { mutability: 'readOnly' }),
        text('type', 'direct', { mutability: 'readOnly' }),
      ],
    },
  ],
}

export const enterpriseSchema: Schema = {
  id: enterpriseUrn,
  name: 'EnterpriseUser',
  says: 'where a person works',
  attributes: [
    text('employeeNumber', 'number of the employee'),
    text('organization', 'company'),
    text('division', 'division'),
    text('department', 'department'),
    {
      name: 'manager',
      type: 'complex',
      says: 'who answers for them',
      sub: [
        text('value', 'id of the manager', { caseExact: true }),
        link('the manager'),
        text('displayName', 'name of the manager', { mutability: 'readOnly' }),
      ],
    },
  ],
}

export const groupSchema: Schema = {
  id: groupUrn,
  name: 'Group',
  says: 'identities with the same rights',
  attributes: [
    text('displayName', 'name of the group', { required: true }),
    {
      name: 'members',
      type: 'complex',
      multi: true,
      says: 'who is in it',
      sub: [
        text('value', 'id of the member', { mutability: 'immutable', caseExact: true }),
        // The id alone says what it is: a `type` sent beside it could only contradict it, so there is none.
        link('the member', { mutability: 'immutable' }),
        text('display', 'name of the member', { mutability: 'readOnly' }),
      ],
    },
  ],
}

/** Of every resource. */
export const commonAttributes: readonly Attribute[] = [
  text('id', 'given by Cordon', { mutability: 'readOnly', caseExact: true, returned: 'always' }),
  text('externalId', 'the sender’s own id', { caseExact: true }),
  text('schemas', 'which schemas it has', { multi: true, caseExact: true, returned: 'always' }),
  {
    name: 'meta',
    type: 'complex',
    says: 'when and where',
    mutability: 'readOnly',
    sub: [
      text('resourceType', 'User or Group', { mutability: 'readOnly', caseExact: true }),
      { name: 'created', type: 'dateTime', says: 'made at', mutability: 'readOnly' },
      { name: 'lastModified', type: 'dateTime', says: 'changed at', mutability: 'readOnly' },
      text('location', 'its address', { mutability: 'readOnly', caseExact: true }),
      text('version', 'its ETag', { mutability: 'readOnly', caseExact: true }),
    ],
  },
]

export type ResourceType = 'User' | 'Group'
/** The schema of a type, with what is its own and what all have; extensions stand apart under their URN. */
export const schemaOf: Record<ResourceType, Schema> = { User: userSchema, Group: groupSchema }
export const extensionsOf: Record<ResourceType, readonly Schema[]> = { User: [enterpriseSchema], Group: [] }
export const endpointOf: Record<ResourceType, string> = { User: '/Users', Group: '/Groups' }

export const attributesOf = (type: ResourceType): readonly Attribute[] => [
  ...commonAttributes,
  ...schemaOf[type].attributes,
]

/** Names are compared without case (RFC 7643, 2.1). */
export const findAttribute = (list: readonly Attribute[], name: string): Attribute | undefined =>
  list.find((one) => one.name.toLowerCase() === name.toLowerCase())
