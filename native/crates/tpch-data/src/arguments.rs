//! The command line.

use std::path::PathBuf;

/// How it is called.
pub(crate) const USAGE: &str = "usage: deltafuse-tpch-data tpch --scale <factor> --output <folder>";

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Command {
    /// The eight tables of TPC-H, in a folder.
    Tpch { scale: f64, output: PathBuf },
}

/// Reads the arguments; a sentence says what is wrong with them.
pub(crate) fn parse(arguments: &[String]) -> Result<Command, String> {
    let (verb, options) = arguments.split_first().ok_or("A command is missing.")?;
    match verb.as_str() {
        "tpch" => {
            let [scale, output] = values(options, ["--scale", "--output"])?;
            let scale: f64 = scale.parse().map_err(|_| format!("The scale '{scale}' is no number."))?;
            if !(0.001..=100_000.0).contains(&scale) {
                return Err(format!("The scale {scale} is not between 0.001 and 100000."));
            }
            Ok(Command::Tpch { scale, output: output.into() })
        }
        other => Err(format!("There is no command '{other}'.")),
    }
}

/// The values of the named options, each given once and nothing else.
fn values<const N: usize>(options: &[String], names: [&str; N]) -> Result<[String; N], String> {
    let mut found: [Option<String>; N] = [const { None }; N];
    for pair in options.chunks(2) {
        let [name, value] = pair else { return Err(format!("'{}' has no value.", pair.concat())) };
        let slot = names.iter().zip(found.iter_mut()).find(|(known, _)| *known == name);
        match slot {
            Some((_, slot @ None)) => *slot = Some(value.clone()),
            Some(_) => return Err(format!("'{name}' is given twice.")),
            None => return Err(format!("There is no option '{name}'.")),
        }
    }
    if let Some((name, _)) = names.iter().zip(&found).find(|(_, value)| value.is_none()) {
        return Err(format!("'{name}' is missing."));
    }
    Ok(found.map(Option::unwrap_or_default))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Command, String> {
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        parse(&words)
    }

    #[test]
    fn options_come_in_any_order() {
        let expected = Command::Tpch { scale: 0.1, output: "/data".into() };
        assert_eq!(parsed("tpch --scale 0.1 --output /data"), Ok(expected.clone()));
        assert_eq!(parsed("tpch --output /data --scale 0.1"), Ok(expected));
    }

    #[test]
    fn wrong_usage_is_told() {
        let wrong = [
            ("", "A command is missing."),
            ("other", "There is no command 'other'."),
            ("tpch --x y", "There is no option '--x'."),
            ("tpch --scale 0 --output d", "The scale 0 is not between 0.001 and 100000."),
            ("tpch --scale NaN --output d", "The scale NaN is not between 0.001 and 100000."),
            ("tpch --scale one --output d", "The scale 'one' is no number."),
            ("tpch --scale 1", "'--output' is missing."),
            ("tpch --scale 1 --scale 2", "'--scale' is given twice."),
            ("tpch --scale", "'--scale' has no value."),
        ];
        for (text, why) in wrong {
            assert_eq!(parsed(text), Err(why.to_owned()), "{text}");
        }
    }
}
