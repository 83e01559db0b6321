/** Stands for modules that do nothing but forbid their import. */
export {};
