namespace MnistAdder.Scoring.Cli;

/// <summary>The model that is taken where none is named.</summary>
internal static class DefaultModel
{
    private static readonly string s_trained = Path.Combine("artifacts", "model.onnx");
    private static readonly string s_pretrained = Path.Combine("artifacts", "pretrained", "model.onnx");

    /// <summary>Looks in the working directory for the trainer's latest model and the committed release, then beside the program.</summary>
    /// <returns>Its path.</returns>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public static string Find() => Find("", AppContext.BaseDirectory);

    internal static string Find(string workingFolder, string programFolder)
    {
        string[] places =
        [
            Path.Combine(workingFolder, s_trained), Path.Combine(workingFolder, s_pretrained), Path.Combine(programFolder, "pretrained", "model.onnx"),
        ];
        return Array.Find(places, File.Exists) ?? throw new FileNotFoundException(
            $"There is no model: neither '{s_trained}' nor '{s_pretrained}' is in the working directory; --model names one, and training makes one.");
    }
}
