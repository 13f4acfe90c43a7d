using MnistAdder.Training.Base;
using MnistAdder.Training.Checkpoints;
using MnistAdder.Training.Recipes;

namespace MnistAdder.Training.Output;

/// <summary>What stands in a folder that a run is to begin anew in.</summary>
internal static class EarlierRun
{
    /// <summary>Refuses a folder in which anything would be lost but a finished run of the same settings, which the new one makes again.</summary>
    /// <param name="output">The folder.</param>
    /// <param name="settings">Those of the run that is to begin.</param>
    /// <returns>Whether there is such a finished run.</returns>
    /// <exception cref="TrainingException">There is an unfinished run, one of other settings, or a model of unknown ones.</exception>
    /// <exception cref="InvalidDataException">There is a run whose newest checkpoint is damaged.</exception>
    public static bool IsOfSameSettings(OutputFolder output, RunSettings settings)
    {
        if (output.Checkpoints.Epochs.Count == 0)
            return output.HasModel || output.HasReport ? throw Refusal(output, "the results of a run that left no checkpoint", resume: "") : false;

        Checkpoint checkpoint = output.Checkpoints.Load();
        int done = checkpoint.History.Count, all = checkpoint.Settings.HyperParameters.Epochs;
        if (done < all || !output.HoldsModel(checkpoint.ModelTensors))
            throw Refusal(output, $"an unfinished run ({done} of {all} epochs, recipe {checkpoint.Settings.Recipe})", "--resume goes on with it, ");
        string differences = string.Join("; ", checkpoint.Settings.DifferencesTo(settings, ofAnyLength: false)).ReplaceLineEndings(" ");
        return differences.Length == 0 ? true : throw Refusal(output, $"a finished run of other settings ({differences})", "--resume with its own settings goes on with it, ");
    }

    private static TrainingException Refusal(OutputFolder output, string what, string resume) => new(
        $"{output.Folder} holds {what}: {resume}--overwrite replaces it, and --output names a fresh folder.");
}
