//! Product feeds: the attributes a customer asks for, as lines of text (Google Merchant Center, product data
//! specification).

use crate::page::Block;

/// Attributes in the order they are told, and how they are called.
const FACTS: [(&str, &str); 26] = [
    ("price", "Price"),
    ("sale_price", "Sale price"),
    ("sale_price_effective_date", "Sale dates"),
    ("availability", "Availability"),
    ("availability_date", "Available from"),
    ("condition", "Condition"),
    ("brand", "Brand"),
    ("product_type", "Category"),
    ("color", "Color"),
    ("size", "Size"),
    ("material", "Material"),
    ("pattern", "Pattern"),
    ("gender", "Gender"),
    ("age_group", "Age group"),
    ("product_length", "Length"),
    ("product_width", "Width"),
    ("product_height", "Height"),
    ("product_weight", "Weight"),
    ("unit_pricing_measure", "Contents"),
    ("unit_pricing_base_measure", "Unit of price"),
    ("multipack", "Pieces in a pack"),
    ("energy_efficiency_class", "Energy efficiency class"),
    ("product_highlight", "Highlight"),
    ("expiration_date", "Offer ends"),
    ("gtin", "GTIN"),
    ("mpn", "MPN"),
];

/// Whether an attribute is told.
pub(super) fn is_fact(name: &str) -> bool {
    FACTS.iter().any(|(fact, _)| *fact == name)
}

/// One paragraph with a line for each fact; nothing for what is not a product.
pub(super) fn blocks(facts: &[(String, String)]) -> Vec<Block> {
    let mut lines = Vec::new();
    for (name, label) in FACTS {
        for (_, value) in facts.iter().filter(|(fact, _)| fact == name) {
            let value = super::line(value);
            // `in_stock` is a word of the specification, not of people.
            let value = if name == "availability" { value.replace('_', " ") } else { value };
            if !value.is_empty() {
                lines.push(format!("{label}: {value}"));
            }
        }
    }
    if lines.is_empty() { Vec::new() } else { vec![Block::Paragraph { text: lines.join("\n") }] }
}
