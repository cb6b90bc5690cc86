/** The seven dimensions of Sotopia (Zhou et al., 2024) with their bounds, for judges that are not told any. */
export const SOTOPIA_RANGES: Readonly<Record<string, readonly [low: number, high: number]>> = {
  believability: [0, 10],
  relationship: [-5, 5],
  knowledge: [0, 10],
  secret: [-10, 0],
  social_rules: [-10, 0],
  financial_and_material_benefits: [-5, 5],
  goal: [0, 10],
};
