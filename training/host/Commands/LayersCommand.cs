using System.CommandLine;
using MnistAdder.Training.Network;
using MnistAdder.Training.Recipes;
using MnistAdder.TrainingHost.Terminal;
using Spectre.Console;

namespace MnistAdder.TrainingHost.Commands;

/// <summary><c>layers</c>: what a recipe's network is made of.</summary>
internal static class LayersCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("recipe") { Description = "The recipe.", DefaultValueFactory = _ => Recipe.All[0].Name };
        name.AcceptOnlyFromAmong([.. Recipe.All.Select(recipe => recipe.Name)]);
        var command = new Command("layers", "Print a network's layers: output shape, parameters, receptive field and multiply-adds.") { name };
        command.SetAction(parsed =>
        {
            using DigitSumNetwork network = Recipe.Named(parsed.GetRequiredValue(name)).CreateNetwork();
            AnsiConsole.Write(LayerTableView.Render(LayerTable.Describe(network)));
        });
        return command;
    }
}
