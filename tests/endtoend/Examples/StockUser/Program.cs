using Microsoft.ML;
using Microsoft.ML.Data;

var ml = new MLContext();
ITransformer model = ml.Model.Load(args[0], out _);
var engine = ml.Model.CreatePredictionEngine<Input, Answer>(model);
Answer answer = engine.Predict(new Input { Path = args[1], Number = 5 });
Console.WriteLine($"{answer.Digit[0]} + 5 = {answer.Sum[0]}");

internal sealed class Input
{
    [ColumnName("path")]
    public string Path { get; set; } = "";

    [ColumnName("number")]
    public long Number { get; set; }
}

internal sealed class Answer
{
    [ColumnName("digit")]
    public long[] Digit { get; set; } = [];

    [ColumnName("sum")]
    public long[] Sum { get; set; } = [];
}
