"""Given names that are common in classrooms and offices of Germany.

Only a help for finding names that no title announces; a person reviews the result.
"""

from __future__ import annotations

_NAMES = """
    Achim Adam Adrian Ahmed Aisha Albert Alexander Alexandra Ali Alice Alina Amelie
    Amina Amir Andre Andrea Andreas Andrzej Angelika Anja Anke Anna Anne Annegret
    Annette Annika Anton Antonia Arne Arthur Astrid Axel Ayla Aylin Ayşe Barbara
    Bastian Beate Beatrice Ben Benjamin Bernd Bernhard Bettina Birgit Björn Brigitte
    Bruno Can Carina Carla Carmen Carolin Carsten Catharina Charlotte Christa Christian
    Christiane Christina Christine Christoph Clara Claudia Claus Clemens Cornelia
    Dagmar Daniel Daniela David Denis Dennis Detlef Diana Dieter Dirk Dmitri Dominik
    Dorothea Eberhard Edith Eduard Ekaterina Elena Elfriede Elias Elif Elisabeth Elke
    Ella Emil Emilia Emily Emine Emma Emre Enrico Erhard Eric Erich Erik Erika Ernst
    Esra Eva Evelyn Fabian Fatima Fatma Felicitas Felix Ferdinand Finn Florian Frank
    Franz Franziska Frederik Frieda Friedrich Fritz Gabriele Georg Gerd Gerda Gerhard
    Gisela Gregor Greta Gudrun Guido Günter Günther Hakan Hamza Hanna Hannah Hannes
    Hans Harald Hartmut Hasan Hatice Heike Heiko Heiner Heinrich Heinz Helena Helga
    Helmut Henning Henri Henrik Henry Herbert Hermann Hildegard Holger Horst Hubert
    Hussein Ibrahim Ida Igor Ilona Ina Ines Ingeborg Ingo Ingrid Irene Iris Irina
    Isabel Isabella Iwan Jakob Jan Jana Janina Jannik Jens Jessica Jill Joachim Jochen
    Johann Johanna Johannes John Jonas Jonathan Jörg Josef Josefine Joshua Julia Julian
    Juliane Julius Jürgen Jutta Kai Karin Karl Karla Karsten Katarzyna Katharina
    Kathrin Katja Katrin Kemal Kerstin Kevin Khalid Kirsten Klara Klaus Konrad Konstantin
    Kristin Kurt Lara Larissa Lars Laura Lea Leila Lena Leo Leon Leonie Levin Liam Lieselotte
    Lina Linda Lisa Lothar Louis Louisa Luca Lucas Luis Luisa Lukas Lutz Lydia Magdalena
    Maja Malte Manfred Manuel Manuela Marc Marcel Marco Marcus Mareike Margarete Margit
    Maria Marianne Marie Marina Mario Marion Mark Markus Marlene Marta Martin Martina
    Marvin Mateusz Mathias Mathilda Matthias Max Maximilian Mehmet Mehmed Melanie Merle
    Mia Michael Michaela Mika Mila Miriam Mohamed Mohammad Mohammed Mona Monika Moritz
    Murat Mustafa Nadine Nadja Natalia Natalie Nele Nico Nicole Niklas Nils Nina Noah
    Nora Norbert Olaf Oleksandr Olena Olga Oliver Omar Oskar Otto Özlem Pascal Patricia
    Patrick Paul Paula Peter Petra Philipp Pia Piotr Rainer Ralf Ralph Ramona Rebecca
    Regina Reinhard Renate René Ricarda Richard Rita Robert Roland Rolf Roman Ronja Rosa
    Rudolf Ruth Sabine Sabrina Samira Samuel Sandra Sara Sarah Saskia Sebastian Selin
    Selma Serkan Sibylle Sigrid Silke Silvia Simon Simone Sina Sofia Sofie Sonja Sophia
    Sophie Stefan Stefanie Steffen Stephan Stephanie Susanne Svenja Swetlana Sylvia
    Tamara Tanja Tatjana Theo Theodor Theresa Thomas Thorsten Till Tim Timo Tina Tobias
    Tom Torsten Udo Ulf Ulrich Ulrike Ursula Ute Uwe Valentin Valentina Vanessa Vera
    Verena Veronika Victoria Viktor Viktoria Vincent Volker Waltraud Walter Wanda Werner
    Wilhelm Willi Wolfgang Xaver Yannick Yasemin Yasmin Yuki Yusuf Yvonne Zeynep Zoe
"""
GIVEN_NAMES = frozenset(_NAMES.split())
