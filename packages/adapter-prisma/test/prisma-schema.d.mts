export interface SchemaOptions {
  provider: "sqlite" | "postgresql" | "mysql";
  /** Lines of the generator block, apart from its output. */
  generator: string;
  /** More lines of the datasource block. */
  datasource?: string;
  /** Whether every table and column has another name in the database, and PostgreSQL's a schema. */
  mapped?: boolean;
}

/** The four models as a `schema.prisma`, made from the one definition of the tables. */
export function prismaSchema(options: SchemaOptions): string;

/** The name in the database of a table or a column of a mapped schema: `userId` is `auth_user_id`. */
export function mappedName(name: string): string;
