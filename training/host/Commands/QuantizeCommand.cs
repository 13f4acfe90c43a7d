using System.CommandLine;
using System.Globalization;
using MnistAdder.Commands;
using MnistAdder.OnnxQuantization;
using MnistAdder.Training.Base;
using MnistAdder.Training.Data;
using MnistAdder.Training.Quantization;
using MnistAdder.TrainingHost.Terminal;

namespace MnistAdder.TrainingHost.Commands;

/// <summary><c>quantize</c>: a digit-sum model in 8-bit integers, judged beside the float model.</summary>
internal static class QuantizeCommand
{
    private const double DefaultLoss = 0.05;

    public static Command Create()
    {
        var common = new TrainOptions();
        var model = new Argument<string>("MODEL") { Description = "The model.onnx." };
        model.Validators.Add(Suggestions.RefuseOptions);
        var output = new Option<string?>("--output", "-o") { Description = "The file to write. [default: beside MODEL, with .int8 before .onnx]", HelpName = "FILE" };
        Option<double?> maxLoss = CheckedOption.Number<double>(
            "--max-loss", "Percentage points by which fewer digits or sums of the test images may be right; with more the command ends with 1 and writes nothing. [default: 0.05]", 0, 100);
        Option<string?> form = CheckedOption.Word(
            "--form", ["onnxruntime", "standard"],
            "onnxruntime: ONNX Runtime's own operators, faster on its CPU provider; standard: QuantizeLinear and DequantizeLinear, which other runtimes know as well. [default: onnxruntime]");
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace the output file where there is one. Without it the command stops there." };
        var command = new Command(
            "quantize", "Make a faster model in 8-bit integers of a model.onnx: calibrated on training images, judged on test images with all ten addends.")
        {
            model, output, maxLoss, form, common.Data, common.Dataset, common.Limit, overwrite, common.Quiet, common.Verbose,
        };
        command.SetAction(async (parsed, stop) =>
        {
            common.RequireConsistency(parsed);
            string source = parsed.GetRequiredValue(model), target = parsed.GetValue(output) ?? Path.ChangeExtension(source, ".int8.onnx");
            string trainedOn = DigitSumQuantization.TrainedOn(source);
            if (File.Exists(target) && !parsed.GetValue(overwrite))
                throw new TrainingException($"{target} exists: {overwrite.Name} replaces it, and {output.Name} names another file.");
            Verbosity verbosity = common.VerbosityOf(parsed);
            DigitDataset dataset = await Datasets.LoadAsync(
                parsed.GetValue(common.Dataset), parsed.GetValue(common.Data), parsed.GetValue(common.Limit) ?? int.MaxValue, [(output.Name, Path.GetDirectoryName(Path.GetFullPath(target)))], verbosity, stop);
            int most = parsed.GetValue(common.Limit) ?? int.MaxValue;
            JudgedImages judged = JudgedImages.OwnOrOther(trainedOn, dataset).Take(most);
            var error = new TerminalWriter(Console.Error, dropsFailures: true);
            DigitSumQuantization quantized = DigitSumQuantization.Run(
                source,
                dataset.Training.Take(most),
                judged.Images,
                judged.Name,
                parsed.GetValue(form) == "standard" ? QuantizedForm.Standard : QuantizedForm.OnnxRuntime,
                parsed.GetValue(maxLoss) ?? DefaultLoss,
                verbosity == Verbosity.Quiet ? _ => { } : step => error.WriteLine(TerminalText.OneLine(step)),
                stop);
            AtomicFile.Write(target, stream => stream.Write(quantized.Bytes));
            if (verbosity == Verbosity.Quiet)
                return;
            foreach (string line in Describe(quantized, judged.Name, target))
                Console.WriteLine(TerminalText.OneLine(line));
        });
        return command;
    }

    private static IEnumerable<string> Describe(DigitSumQuantization quantized, string judgedOn, string target)
    {
        foreach (QuantizedLayer layer in quantized.Layers)
            yield return $"layer    {(layer.IsInteger ? "integers" : "floats  ")} {layer.Operator} {layer.Name}";
        yield return $"floats   {Accuracy(quantized.Float)} of the {judgedOn} images with all ten addends; {Time(quantized.Batch.Float, quantized.Single.Float)}";
        yield return $"integers {Accuracy(quantized.Quantized)}; {Time(quantized.Batch.Quantized, quantized.Single.Quantized)}";
        yield return Invariant($"speed    {quantized.Batch.Speed:0.00} times in batches, {quantized.Single.Speed:0.00} times alone, on one thread of {ThisMachine.ProcessorName()}{(ThisMachine.MultipliesBytes ? "" : ", which has no VNNI")}");
        yield return $"wrote    {target}";
    }

    private static string Accuracy(ModelAccuracy accuracy) => Invariant($"digit {accuracy.Digit:0.00%}, sum {accuracy.Sum:0.00%}");

    private static string Time(double batch, double single) => Invariant($"{batch:0.0} µs an image in batches of {DigitSumQuantization.BatchSize}, {single:0.0} µs alone");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
