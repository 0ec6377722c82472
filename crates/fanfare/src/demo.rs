use crate::cli::DemoArgs;
use crate::exit::{Exit, Failure};
pub(crate) fn run(args: &DemoArgs) -> Result<Exit, Failure> {
    let _ = args.exit;
    Ok(Exit::Done)
}
