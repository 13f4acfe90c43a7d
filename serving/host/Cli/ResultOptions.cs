using System.CommandLine;
using MnistAdder.Scoring.Output;
using MnistAdder.Scoring.Rows;
using MnistAdder.Scoring.Tables;
using MnistAdder.Serving;
using static MnistAdder.Commands.CheckedOption;

namespace MnistAdder.Scoring.Cli;

/// <summary>The options that make results what they are, and what each may be: stated here alone.</summary>
internal sealed class ResultOptions
{
    public Option<string?> LabelColumn { get; } = new("--label-column")
    {
        Description = "A column with the digits that the images show: the summary says how many were read right. Empty or - is unlabelled.",
        HelpName = "NAME",
    };

    public Option<string?> Model { get; } = new("--model")
    {
        Description = $"The model: a file, or {ModelChoice.Released} for a released one. [default: artifacts/model.onnx, artifacts/pretrained/model.onnx or the copy beside this program]",
        HelpName = "FILE",
    };

    public Option<string?> Root { get; } = new("--root")
    {
        Description = "Where relative image paths begin. [default: the input's folder]",
        HelpName = "DIR",
    };

    public Option<string> PathColumn { get; } = Name("--path-column", "The column with the images' paths or, in Parquet, with encoded images, which is image where there is no path.", ColumnNames.Usual.Path);

    public Option<string> NumberColumn { get; } = Name("--number-column", "The column with the numbers to add, 0 to 9.", ColumnNames.Usual.Number);

    public Option<char?> Delimiter { get; } = new("--delimiter")
    {
        Description = "What separates the input's fields: a word or the character itself, whichever it is. [default: as the header shows, or a line sep= before it]",
        HelpName = string.Join('|', Csv.Delimiter.Words),
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            char? delimiter = Csv.Delimiter.Parse(text);
            if (delimiter is null)
                result.AddError($"--delimiter is '{ShownText.Of(text)}'; it must be {string.Join(", ", Csv.Delimiter.Words)} or one ASCII character, but no letter, digit, quote or line end.");
            return delimiter;
        },
    };

    public Option<string> OutputPrefix { get; } = Name("--output-prefix", "Put before the names of the columns that are added.", "");

    public Option<string[]> Omit { get; } = new("--omit")
    {
        Description = "A column of the input that the output leaves out, such as encoded images; may be given several times.",
        HelpName = "NAME",
        DefaultValueFactory = _ => [],
    };

    public Option<ImagePreparation> Preprocess { get; } = Choice<ImagePreparation>(
        "--preprocess", "auto: leave images with MNIST's own statistics as they are (28×28, grey, full ink, centred by mass, longer side 19 or 20 pixels), prepare others; raw: only 28×28; mnist: prepare all. [default: auto]");

    public Option<bool> Probabilities { get; } = new("--probabilities") { Description = "Add a column for the probability of each digit and each sum." };

    public Option<BadRows> OnError { get; } = Choice<BadRows>(
        "--on-error", "report: a bad row says why in its error column; fail: the first one ends the run. A warning is no error. [default: report]");

    public Option<OutputFormat> Format { get; } = Choice<OutputFormat>("--format", "csv: a table; jsonl: a JSON object in each line; parquet: Apache Parquet. [default: csv, or parquet where the output's name ends so]");

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All =>
        [Model, Root, PathColumn, NumberColumn, LabelColumn, Delimiter, OutputPrefix, Omit, Preprocess, Probabilities, OnError, Format];

    /// <summary>What they say.</summary>
    /// <param name="parsed">The options.</param>
    /// <param name="output">Where results go, whose name may say the format.</param>
    /// <exception cref="InvalidOperationException">One is empty, or two name one column.</exception>
    /// <exception cref="DirectoryNotFoundException">The folder of images doesn't exist.</exception>
    public ScoringSettings Read(ParseResult parsed, string output)
    {
        RequireText("--model", parsed.GetValue(Model));
        if (parsed.GetValue(PathColumn) == parsed.GetValue(NumberColumn))
            throw new InvalidOperationException($"--path-column and --number-column both name '{parsed.GetValue(PathColumn)}'.");
        if (parsed.GetValue(Root) is { } root && !Directory.Exists(root))
            throw new DirectoryNotFoundException($"The folder '{root}' of --root doesn't exist.");
        return new ScoringSettings(
            parsed.GetValue(Root),
            new ColumnNames(parsed.GetValue(PathColumn)!, parsed.GetValue(NumberColumn)!, parsed.GetValue(LabelColumn), parsed.GetValue(Delimiter)),
            parsed.GetValue(Preprocess),
            parsed.GetValue(OnError),
            parsed.GetValue(OutputPrefix)!,
            parsed.GetValue(Omit)!,
            parsed.GetValue(Probabilities),
            parsed.GetResult(Format) is { Implicit: false } ? parsed.GetValue(Format) : OutputFormats.Of(output));
    }

    /// <summary>Refuses an empty path.</summary>
    /// <exception cref="InvalidOperationException">It is empty.</exception>
    public static void RequireText(string name, string? path)
    {
        if (path is "")
            throw new InvalidOperationException($"{name} is empty; it must be a file's path.");
    }

    private static Option<string> Name(string name, string description, string standard) => new(name)
    {
        Description = description,
        HelpName = "NAME",
        DefaultValueFactory = _ => standard,
    };
}
