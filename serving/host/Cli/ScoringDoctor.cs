using System.CommandLine;
using MnistAdder.Commands.Doctor;
using MnistAdder.OnnxBatching.Inference;

namespace MnistAdder.Scoring.Cli;

/// <summary><c>doctor</c> of the program that scores: ONNX Runtime on each device.</summary>
internal static class ScoringDoctor
{
    public static Command Create()
    {
        var model = new Option<string?>("--model")
        {
            Description = $"The model that is run, as a file or as {ModelChoice.Released}. [default: the one that score takes]",
            HelpName = "FILE",
        };
        return DoctorCommand.Create(parsed => Examine(parsed.GetValue(model)), model);
    }

    private static DoctorReport Examine(string? model)
    {
        RuntimeVersions versions = OnnxRuntimeExamination.Versions();
        return DoctorReport.Examine(
            ProgramFacts.Of(typeof(ScoringDoctor).Assembly),
            versions,
            driver => OnnxRuntimeExamination.Compute(() => new ModelSource.InFile(ModelChoice.Find(model)), versions, driver));
    }
}
