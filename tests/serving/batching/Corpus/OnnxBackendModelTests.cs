using Microsoft.ML.OnnxRuntime;

namespace MnistAdder.OnnxBatching.Tests.Corpus;

/// <summary>The thousand models of ONNX's own backend tests, one or a few for each operator, through the batched transform.</summary>
public sealed class OnnxBackendModelTests : IDisposable
{
    private readonly ITestOutputHelper _output;
    private readonly OrtLoggingLevel _level = OrtEnv.Instance().EnvLogLevel;

    // Many of these models are old, or say sizes that aren't those of any batch, which ONNX Runtime warns of.
    public OnnxBackendModelTests(ITestOutputHelper output)
    {
        _output = output;
        OrtEnv.Instance().EnvLogLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL;
    }

    public void Dispose() => OrtEnv.Instance().EnvLogLevel = _level;

    [Theory]
    [InlineData("node")]
    [InlineData("pytorch-converted")]
    [InlineData("pytorch-operator")]
    [InlineData("simple")]
    public void A_model_gives_what_ONNX_Runtime_gives_and_is_refused_only_for_types_that_no_column_holds(string folder) => AssertAll(
        from model in CorpusModel.AllOrSkip(folder)
        select (model.Name, (Func<Verdict>)(() => ModelAsItIs.Judge(model))));

    [Theory]
    [InlineData("node")]
    [InlineData("pytorch-converted")]
    [InlineData("pytorch-operator")]
    [InlineData("simple")]
    public void A_row_of_a_model_whose_first_dimensions_are_all_opened_gives_what_it_gives_alone(string folder) => AssertAll(
        from model in CorpusModel.AllOrSkip(folder)
        select (model.Name, (Func<Verdict>)(() => ModelOfAnyBatch.Judge(model))));

    [Theory]
    [InlineData("node")]
    [InlineData("pytorch-operator")]
    [InlineData("simple")]
    public void A_row_of_a_model_with_one_input_opened_and_constants_for_the_others_gives_what_it_gives_alone(string folder) => AssertAll(
        from model in CorpusModel.AllOrSkip(folder)
        from input in model.Inputs
        where model.Inputs.Count > 1
        select ($"{model.Name} by '{input.Name}'", (Func<Verdict>)(() => ModelOfAnyBatch.Judge(model, input))));

    private void AssertAll(IEnumerable<(string Model, Func<Verdict> Judge)> models)
    {
        var tally = CorpusTally.Of(models);

        _output.WriteLine($"{tally}");
        tally.AssertNoFailures();
    }
}
