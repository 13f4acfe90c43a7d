namespace MnistAdder.Scoring.Cli;

/// <summary>Which model a command takes: a file, a released one by its name, or where none is named the latest.</summary>
internal static class ModelChoice
{
    private static readonly string s_trained = Path.Combine("artifacts", "model.onnx");
    private static readonly string s_pretrained = Path.Combine("artifacts", "pretrained", "model.onnx");

    // By the recipe that made them, in the folder of the release; int8 is what quantize makes of them.
    private static readonly (string Name, string File)[] s_released = [("best", "model.onnx"), ("fast", Path.Combine("fast", "model.onnx")), ("fast-int8", Path.Combine("fast", "model.int8.onnx"))];

    /// <summary>The names of the released models, for help.</summary>
    public static string Released { get; } = $"{string.Join(", ", s_released[..^1].Select(model => model.Name))} or {s_released[^1].Name}";

    /// <summary>
    /// A file of the given name; else the released model of that name, beside the program or in the working directory's release; else the
    /// name as it is. Without one: the trainer's latest model in the working directory, the release there, the copy beside the program.
    /// </summary>
    /// <param name="model">What the user named, or null.</param>
    /// <returns>Its path.</returns>
    /// <exception cref="FileNotFoundException">None is named and there is none, or a released one is named and isn't there.</exception>
    public static string Find(string? model) => Find(model, "", AppContext.BaseDirectory);

    internal static string Find(string? model, string workingFolder, string programFolder)
    {
        string release = Path.Combine(programFolder, "pretrained");
        if (model is null)
        {
            return Existing(Path.Combine(workingFolder, s_trained), Path.Combine(workingFolder, s_pretrained), Path.Combine(release, "model.onnx"))
                ?? throw new FileNotFoundException(
                    $"There is no model: neither '{s_trained}' nor '{s_pretrained}' is in the working directory; --model names one, and training makes one.");
        }

        string? file = s_released.FirstOrDefault(released => released.Name == model).File;
        if (file is null || File.Exists(Path.Combine(workingFolder, model)))
            return model;
        return Existing(Path.Combine(release, file), Path.Combine(workingFolder, Path.GetDirectoryName(s_pretrained)!, file))
            ?? throw new FileNotFoundException($"The released model '{model}' isn't beside this program ('{Path.Combine(release, file)}').");
    }

    private static string? Existing(params string[] places) => Array.Find(places, File.Exists);
}
