/** UTF-16 units of a name: of a model, an agent, a tool, a user. */
export const NAME_LENGTH = 200;
/** UTF-16 units of a text in any configuration; how many bytes it may have is configured. */
export const TEXT_LENGTH = 262_144;
