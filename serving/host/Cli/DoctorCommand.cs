using System.CommandLine;
using MnistAdder.Commands.Doctor;
using MnistAdder.OnnxBatching.Inference;

namespace MnistAdder.Scoring.Cli;

/// <summary><c>doctor</c>: what a bug report needs, and whether each device computes.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var model = new Option<string?>("--model")
        {
            Description = "The model that is run. [default: the one that score takes]",
            HelpName = "FILE",
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON object instead of a table." };
        var command = new Command("doctor", "Describe this machine and try each device: what a bug report needs. Ends with 1 where one fails.") { model, json };
        command.SetAction(parsed => CommandRunner.Run(verbose: false, parsed.InvocationConfiguration.Error, _ =>
        {
            DoctorReport report = Examine(parsed.GetValue(model));
            return report.Print(parsed.GetValue(json), parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        }));
        return command;
    }

    private static DoctorReport Examine(string? model)
    {
        RuntimeVersions versions = OnnxRuntimeExamination.Versions();
        return DoctorReport.Examine(
            ProgramFacts.Of(typeof(DoctorCommand).Assembly),
            versions,
            driver => OnnxRuntimeExamination.Compute(() => new ModelSource.InFile(model ?? DefaultModel.Find()), versions, driver));
    }
}
