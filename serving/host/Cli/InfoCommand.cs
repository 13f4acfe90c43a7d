using System.CommandLine;
using System.Globalization;
using MnistAdder.Commands;
using MnistAdder.OnnxBatching;
using MnistAdder.OnnxBatching.Inference;

namespace MnistAdder.Scoring.Cli;

/// <summary><c>info</c>: what an ONNX model takes and gives, and where one of this project's comes from.</summary>
internal static class InfoCommand
{
    public static Command Create()
    {
        var model = new Argument<string?>("MODEL")
        {
            Description = $"An ONNX file, or {ModelChoice.Released} for a released model. [default: the model that score takes]",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new Command("info", "Describe a model: tensors, metadata, accuracy, what it was trained on.") { model, CheckedOption.Verbose() };
        command.SetAction(parsed => Describe(ModelChoice.Find(parsed.GetValue(model)), parsed.InvocationConfiguration.Output));
        return command;
    }

    private static void Describe(string path, TextWriter output)
    {
        using var session = BatchSession.Open(new ModelSource.InFile(path), new InferenceOptions { Provider = ExecutionProvider.Cpu, IsSilent = true }, out _);
        Line("model", string.Create(CultureInfo.InvariantCulture, $"{path}, {new FileInfo(path).Length:N0} bytes"));
        int width = session.Inputs.Concat(session.Outputs).Max(tensor => tensor.Name.Length);
        foreach (TensorSignature tensor in session.Inputs)
            Line("input", $"{tensor.Name.PadRight(width)}  {tensor}");
        foreach (TensorSignature tensor in session.Outputs)
            Line("output", $"{tensor.Name.PadRight(width)}  {tensor}");

        if (ModelMetadata.TryParse(session.Metadata, out ModelMetadata? origin))
            DescribeOrigin(origin);
        else
            Line("origin", "no metadata of a digit-sum model");
        if (session.Metadata.TryGetValue(ModelMetadata.QuantizationKey, out string? quantization))
            DescribeQuantization(quantization);
        foreach ((string key, string value) in session.Metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            Line("metadata", $"{key} = {value}");

        void DescribeOrigin(ModelMetadata origin)
        {
            Line("trained", string.Create(
                CultureInfo.InvariantCulture,
                $"on {origin.Dataset} with recipe {origin.Recipe}, {(origin.Seed is { } seed ? $"seed {seed}" : "seed unknown")}, {(origin.Epochs is { } epochs ? $"{epochs} epochs" : "epochs unknown")}, {origin.Parameters:N0} parameters, {origin.Date.UtcDateTime:yyyy-MM-dd HH:mm} UTC"));
            Line("accuracy", string.Create(
                CultureInfo.InvariantCulture,
                $"digit {100 * origin.DigitAccuracy:0.00} %, sum {100 * origin.SumAccuracy:0.00} % on {origin.EvaluatedOn} images"));
        }

        void DescribeQuantization(string layers)
        {
            string before = ModelMetadata.TryFloatAccuracies(session.Metadata, out double digit, out double sum)
                ? string.Create(CultureInfo.InvariantCulture, $"; in floats digit {100 * digit:0.00} %, sum {100 * sum:0.00} %")
                : "";
            string here = ThisMachine.MultipliesBytes ? "" : "; this processor has no VNNI: it may be slower than the float model";
            Line("quantised", layers + before + here);
        }

        // Whatever the model says of itself.
        void Line(string label, string text) => output.WriteLine(TerminalText.OneLine($"{label,-9} {text}"));
    }
}
