using System.CommandLine;
using MnistAdder.Commands;
using MnistAdder.OnnxBatching;
using MnistAdder.Scoring.Csv;
using MnistAdder.Serving;
using static MnistAdder.Commands.CheckedOption;

namespace MnistAdder.Scoring.Cli;

/// <summary>What a bad row does.</summary>
internal enum BadRows
{
    /// <summary>It has a reason in its error column, and the run goes on.</summary>
    Report,

    /// <summary>It ends the run.</summary>
    Fail,
}

/// <summary>How results are written.</summary>
internal enum OutputFormat
{
    /// <summary>A table with a header, RFC 4180.</summary>
    Csv,

    /// <summary>A JSON object in each line.</summary>
    Jsonl,
}

/// <summary>The options of <c>score</c>, and what each may be: stated here alone.</summary>
internal sealed class ScoreOptions
{
    public Argument<string[]> Inputs { get; } = new("INPUT")
    {
        Description = "A CSV file with a header, in UTF-8 or UTF-16, as it is or compressed with gzip, or - for standard input; or pictures, folders of pictures and patterns such as scans/*.png.",
        Arity = ArgumentArity.OneOrMore,
    };

    public Option<int?> Number { get; } = Number<int>("--number", "What is added to the digit in each picture, where INPUT is pictures.", 0, 9);

    public Option<string?> LabelColumn { get; } = new("--label-column")
    {
        Description = "A column with the digits that the images show: the summary says how many were read right. Empty or - is unlabelled.",
        HelpName = "NAME",
    };

    public Option<string> Output { get; } = new("--output", "-o")
    {
        Description = "The file to write, which appears when it is complete; - is standard output, where a terminal shows the first rows without it.",
        HelpName = "FILE",
        DefaultValueFactory = _ => InputFile.Standard,
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

    public Option<string> PathColumn { get; } = Name("--path-column", "The column with the images' paths.", InputTable.PathColumn);

    public Option<string> NumberColumn { get; } = Name("--number-column", "The column with the numbers to add, 0 to 9.", InputTable.NumberColumn);

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

    public Option<ImagePreparation> Preprocess { get; } = Choice<ImagePreparation>(
        "--preprocess", "auto: leave images with MNIST's own statistics as they are (28×28, grey, full ink, centred by mass, longer side 19 or 20 pixels), prepare others; raw: only 28×28; mnist: prepare all. [default: auto]");

    public Option<ExecutionProvider> Provider { get; } = Choice<ExecutionProvider>("--provider", "auto: CUDA where it works, else the CPU. [default: auto]");

    public Option<int?> BatchSize { get; } = Number<int>("--batch-size", "Rows in one run of the model, halved once where memory runs out. [default: as the provider likes it]", 1, 65_536);

    public Option<int?> Threads { get; } = Number<int>("--threads", "Batches that are worked on at once. [default: all processors]", 1, 1024);

    public Option<bool> Probabilities { get; } = new("--probabilities") { Description = "Add a column for the probability of each digit and each sum." };

    public Option<BadRows> OnError { get; } = Choice<BadRows>(
        "--on-error", "report: a bad row says why in its error column; fail: the first one ends the run. A warning is no error. [default: report]");

    public Option<OutputFormat> Format { get; } = Choice<OutputFormat>("--format", "csv: a table; jsonl: a JSON object in each line. [default: csv]");

    public Option<int?> Limit { get; } = Number<int>("--limit", "Score only the first N rows.", 1, int.MaxValue);

    public Option<bool> Quiet { get; } = CheckedOption.Quiet("Print nothing but results and errors.");

    public Option<bool> Verbose { get; } = CheckedOption.Verbose();

    public void AddTo(Command command)
    {
        Inputs.Validators.Add(Suggestions.RefuseOptions);
        command.Arguments.Add(Inputs);
        Option[] all =
        [
            Number, Output, Model, Root, PathColumn, NumberColumn, LabelColumn, Delimiter, OutputPrefix, Preprocess, Provider, BatchSize, Threads,
            Probabilities, OnError, Format, Limit, Quiet, Verbose,
        ];
        foreach (Option option in all)
            command.Options.Add(option);
    }

    /// <summary>Refuses what makes no sense, alone or together.</summary>
    /// <exception cref="InvalidOperationException">An option is empty, or two name one column.</exception>
    public void RequireConsistency(ParseResult parsed)
    {
        foreach (string input in parsed.GetRequiredValue(Inputs))
            RequireText("INPUT", input);
        RequireText("--output", parsed.GetValue(Output));
        RequireText("--model", parsed.GetValue(Model));
        if (parsed.GetValue(PathColumn) == parsed.GetValue(NumberColumn))
            throw new InvalidOperationException($"--path-column and --number-column both name '{parsed.GetValue(PathColumn)}'.");
    }

    private static void RequireText(string name, string? path)
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
