using System.CommandLine;
using MnistAdder.Serving;
using MnistAdder.Serving.Tests.Images;
using Spectre.Console;

namespace MnistAdder.Benchmarks.Untidy;

/// <summary><c>pictures</c>: what a model reads in pictures that aren't tidy, by kind.</summary>
internal static class PicturesCommand
{
    private const int CleanPictures = 200;

    public static System.CommandLine.Command Create()
    {
        var model = new Option<string>("--model") { Description = "The model.onnx.", HelpName = "FILE", DefaultValueFactory = _ => Checkout.PretrainedModel };
        Option<FileInfo[]> cases = new Option<FileInfo[]>("--cases")
        {
            Description = "A CSV file of pictures too: path, and label, which is '-' where a warning or an error is wanted.",
            HelpName = "FILE",
            DefaultValueFactory = _ => [],
        }.AcceptExistingOnly();
        var output = new Option<string?>("--output") { Description = "Write the drawn pictures and cases.csv here, and a sheet for each kind: all pictures after each step of their preparation.", HelpName = "DIR" };
        var command = new System.CommandLine.Command("pictures", "Answers by kind on pictures of one digit that aren't tidy, and of none.") { model, cases, output };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(model), parsed.GetRequiredValue(cases), parsed.GetValue(output)));
        return command;
    }

    private static void Run(string model, FileInfo[] cases, string? output)
    {
        LabelledPicture[] drawn =
        [
            .. UntidyPictures.Kinds.SelectMany(kind => UntidyPictures.Of(kind)),
            .. DigitlessPictures.Kinds.SelectMany(kind => DigitlessPictures.Of(kind)),
            .. UntidyPictures.Of(UntidyPictures.Clean, CleanPictures),
        ];
        using var predictor = new DigitSumPredictor(model);
        List<ScoredPicture> scored = Report("drawn", predictor, drawn);
        foreach (FileInfo file in cases)
            scored.AddRange(Report(file.FullName, predictor, PictureCases.Read(file.FullName)));

        if (output is null)
            return;
        PictureCases.Write(output, drawn);
        foreach (IGrouping<string, ScoredPicture> kind in scored.GroupBy(picture => picture.Picture.Kind))
            ContactSheet.Write(Path.Combine(output, $"sheet-{kind.Key}.png"), [.. kind]);
    }

    private static List<ScoredPicture> Report(string title, DigitSumPredictor predictor, IEnumerable<LabelledPicture> pictures)
    {
        List<ScoredPicture> scored = [.. ScoredPicture.Score(predictor, pictures)];
        Table table = new Table().Title(title).AddColumns("kind", "pictures", "right", "wrong", "refused", "warned", "as wanted");
        foreach (IGrouping<string, ScoredPicture> kind in scored.GroupBy(picture => picture.Picture.Kind))
            AddRow(kind.Key, [.. kind]);
        table.AddEmptyRow();
        AddRow("digits", [.. scored.Where(picture => picture.Picture.Digit is not null && picture.Picture.Kind != UntidyPictures.Clean)]);
        AddRow("no digits", [.. scored.Where(picture => picture.Picture.Digit is null)]);
        AnsiConsole.Write(table);
        return scored;

        void AddRow(string kind, ScoredPicture[] pictures)
        {
            int right = pictures.Count(picture => picture.IsRight), refused = pictures.Count(picture => picture.IsRefused);
            table.AddRow(
                kind,
                $"{pictures.Length}",
                $"{right}",
                $"{pictures.Length - right - refused}",
                $"{refused}",
                $"{pictures.Count(picture => picture.IsWarned)}",
                FormattableString.Invariant($"{(double)pictures.Count(picture => picture.IsAsWanted) / pictures.Length:0%}"));
        }
    }
}
